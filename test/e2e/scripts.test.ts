import { statSync } from 'node:fs'
import { parseEnv } from 'node:util'

import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { Project } from './project.ts'
import { type TakenPort, takePort } from './server.ts'

const projects: Project[] = []
let taken: TakenPort

/** A project with this in .dev.vars; without the file if nothing is given. */
function givenProject(vars?: string): Project {
  const project = new Project()
  projects.push(project)
  if (vars !== undefined) project.write('.dev.vars', vars)
  return project
}

/** Has `npm start` make its secrets. It stops then, for the port is taken. */
const startInVain = (project: Project) => project.run('start', '--', `--port=${taken.port}`)

const varsOf = (project: Project) => parseEnv(project.read('.dev.vars') ?? '')

beforeAll(async () => {
  taken = await takePort()
})

afterAll(async () => {
  await taken.release()
  for (const project of projects) project.remove()
})

test('a port that is taken is refused, with how to take another', async () => {
  const { code, stderr } = await startInVain(givenProject())
  expect(code).toBe(1)
  expect(stderr).toContain(`Port ${taken.port} is taken`)
  expect(stderr).toContain('npm start -- --port N')
})

test('the first start makes secrets that only their owner can read, and shows none of them', async () => {
  const project = givenProject()
  const { stdout } = await startInVain(project)
  const vars = varsOf(project)
  expect(Object.keys(vars).toSorted()).toEqual([
    'ALLOWED_ORIGINS',
    'AUTH_JWT_SECRET',
    'MODEL_PROVIDER',
    'SERVICE_TOKENS',
    'SESSION_SECRET',
  ])
  for (const name of Object.keys(vars)) expect(stdout).toContain(name)
  for (const name of ['SESSION_SECRET', 'AUTH_JWT_SECRET']) expect(stdout).not.toContain(vars[name])
  expect(vars['SESSION_SECRET']).not.toBe(vars['AUTH_JWT_SECRET'])
  expect(statSync(project.path('.dev.vars')).mode & 0o777).toBe(0o600)
})

test('what .dev.vars has stays as it is; what is missing or blank is added, once', async () => {
  const mine = [
    '# my own',
    'MODEL_PROVIDER="openai"',
    'SYSTEM_PROMPT=\'Say "hi" # always\'',
    'AUTH_JWT_SECRET=',
    'SESSION_SECRET=one-that-is-long-enough-to-be-used,and-an-older-one-beside-it',
  ].join('\n')
  const project = givenProject(mine)
  await startInVain(project)
  const text = project.read('.dev.vars') ?? ''
  expect(text.startsWith(`${mine}\n`)).toBe(true)
  expect(varsOf(project)).toEqual({
    SYSTEM_PROMPT: 'Say "hi" # always',
    MODEL_PROVIDER: 'openai',
    SESSION_SECRET: 'one-that-is-long-enough-to-be-used,and-an-older-one-beside-it',
    AUTH_JWT_SECRET: expect.stringMatching(/^[\w-]{43}$/),
    SERVICE_TOKENS: expect.stringContaining('"sha256"'),
    ALLOWED_ORIGINS: 'http://localhost:*',
  })

  const again = await startInVain(project)
  expect(project.read('.dev.vars')).toBe(text)
  expect(again.stdout).not.toContain('Made for this machine')
})

test("a local user's token says what the settings ask for, and the service's is known by its hash", async () => {
  const project = givenProject("AUTH_ISSUER='me'\nAUTH_AUDIENCE='hilo'\n")
  await startInVain(project)
  const token = decodeJwt(await project.token('ann@example.org'))
  expect(token).toMatchObject({ sub: 'ann@example.org', iss: 'me', aud: 'hilo' })
  expect((token.exp ?? 0) - (token.iat ?? 0)).toBe(24 * 60 * 60)
  expect(await project.token('--service')).toMatch(/^hilo_[\w-]{43}$/)
})

test('with an identity provider in .dev.vars no secret for users is made, and no token of theirs', async () => {
  const project = givenProject("AUTH_JWKS_URL='https://identity.example/keys.json'\n")
  await startInVain(project)
  expect(varsOf(project)).not.toHaveProperty('AUTH_JWT_SECRET')
  expect(await refusal(project, 'ann')).toContain('AUTH_JWKS_URL is set in .dev.vars')
})

test('a token that can not be had says what to do', async () => {
  const fresh = givenProject()
  expect(await refusal(fresh, 'ann')).toContain('Run `npm start` first')
  expect(await refusal(fresh, '--service')).toContain('Run `npm start` first')
  const other = givenProject("SERVICE_TOKENS='{}'\nSESSION_SECRET='mine'\n")
  expect(await refusal(other, 'ann')).toContain('no AUTH_JWT_SECRET. Run `npm start`')
  expect(await refusal(other, '--service')).toContain('Remove that line and run `npm start`')
})

test.each([[[]], [['ann', 'bob']], [['']], [['ann', '--service']], [['--servce']]])(
  'a token asked for with %j is answered with how to ask',
  async (args) => {
    const said = await refusal(givenProject('SESSION_SECRET=x'), ...args)
    expect(said).toMatch(/^Usage: npm run token -- USER/)
    expect(said).not.toContain('    at ')
  },
)

/** What `npm run token` says where it gives none. */
async function refusal(project: Project, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await project.run('run', '-s', 'token', '--', ...args)
  expect([code, stdout]).toEqual([1, ''])
  return stderr.replace(/^npm warn.*\n/gm, '')
}
