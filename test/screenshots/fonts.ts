import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The environment in which a browser draws with the font that comes with it, and this machine's for other scripts. */
export function withFonts(): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'hilo-fonts-'))
  const file = join(folder, 'fonts.conf')
  writeFileSync(
    file,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<dir>${join(tmpdir(), 'fonts')}</dir><dir>/usr/share/fonts</dir><cachedir>${folder}</cachedir>
<alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
<alias><family>ui-monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
${['system-ui', 'ui-sans-serif', 'sans-serif']
  .map(
    (name) => `<alias><family>${name}</family><prefer><family>Open Sans</family></prefer></alias>`,
  )
  .join('')}
</fontconfig>`,
  )
  return { ...(process.env as Record<string, string>), FONTCONFIG_FILE: file }
}
