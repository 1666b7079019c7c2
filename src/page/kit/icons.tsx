const paths = {
  plus: 'M12 5v14M5 12h14',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM20 20l-4-4',
  menu: 'M4 7h16M4 12h16M4 17h16',
  more: 'M6 12h.01M12 12h.01M18 12h.01',
  close: 'M6 6l12 12M18 6L6 18',
  send: 'M12 19V5M6 11l6-6 6 6',
  stop: 'M8 8h8v8H8z',
  attach:
    'M20 11.5l-8.2 8.2a5 5 0 0 1-7.1-7.1l8.5-8.4a3.3 3.3 0 0 1 4.7 4.7l-8.3 8.3a1.7 1.7 0 0 1-2.4-2.4l7.4-7.3',
  copy: 'M9 9h10v11H9zM5 15V4h10',
  check: 'M5 13l4 4L19 7',
  edit: 'M4 20h4L19 9l-4-4L4 16zM13 7l4 4',
  again: 'M20 12a8 8 0 1 1-2.3-5.6M20 4v4h-4',
  info: 'M12 11v5M12 8h.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z',
  back: 'M14 6l-6 6 6 6',
  forth: 'M10 6l6 6-6 6',
  down: 'M6 10l6 6 6-6',
  pin: 'M9 4h6l-1 6 3 3H7l3-3zM12 13v7',
  archive: 'M4 5h16v4H4zM6 9v10h12V9M10 13h4',
  export: 'M12 4v11M8 11l4 4 4-4M5 20h14',
  import: 'M12 15V4M8 8l4-4 4 4M5 20h14',
  erase: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13',
  summary: 'M5 6h14M5 12h14M5 18h8',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM5 20c1-4 4-6 7-6s6 2 7 6',
  leave: 'M14 4H5v16h9M10 12h11M17 8l4 4-4 4',
  file: 'M7 3h7l4 4v14H7zM14 3v5h4',
  docs: 'M8 8l-4 4 4 4M16 8l4 4-4 4M13 6l-2 12',
} as const
export type IconName = keyof typeof paths

/** A small drawing beside a word, or in a button that has a name of its own. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className={`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  )
}

/** The thread. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 64 32" aria-hidden="true" focusable="false">
      <path d="M2 25c9 2 14-1 17-8 3-8 7-14 11-12s2 11-5 12c-4 0-4 6 1 7 7 1 9-8 14-8 6 0 3 8 9 8 4 0 7-2 13-6" />
    </svg>
  )
}
