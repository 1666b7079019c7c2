import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'

import { Icon, type IconName } from './icons.tsx'

interface Item {
  icon: IconName
  label: string
  isDangerous?: boolean
  act: () => void
}

interface MenuProps {
  label: string
  icon?: IconName
  /** What is in the button, beside its icon. */
  children?: ReactNode
  items: (Item | null)[]
  className?: string
}

/** A button that opens a list of things to do. Arrows walk it, Escape closes it and leads back to the button. */
export function Menu({ label, icon, children, items, className = '' }: MenuProps) {
  const [isOpen, setOpen] = useState(false)
  const id = useId()
  const root = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)

  useEffect(() => {
    if (!isOpen) return undefined
    const leave = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false)
    }
    root.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus()
    document.addEventListener('pointerdown', leave)
    document.addEventListener('focusin', leave)
    return () => {
      document.removeEventListener('pointerdown', leave)
      document.removeEventListener('focusin', leave)
    }
  }, [isOpen])

  const walk = (event: KeyboardEvent) => {
    const all = [...(root.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])]
    const at = all.indexOf(document.activeElement as HTMLElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key]
    if (event.key === 'Escape') {
      event.stopPropagation()
      setOpen(false)
      button.current?.focus()
    } else if (to !== undefined) {
      event.preventDefault()
      all[(to + all.length) % all.length]?.focus()
    }
  }

  return (
    <div className={`menu ${className}`} ref={root} onKeyDown={isOpen ? walk : undefined}>
      <button
        ref={button}
        type="button"
        className={children ? 'menu-button' : 'icon-button'}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        aria-label={children ? undefined : label}
        title={label}
        onClick={() => setOpen(!isOpen)}
      >
        {icon && <Icon name={icon} />}
        {children}
      </button>
      {isOpen && (
        <div className="menu-list" role="menu" id={id} aria-label={label}>
          {items
            .filter((item) => item !== null)
            .map((item) => (
              <button
                key={item.label}
                type="button"
                role="menuitem"
                tabIndex={-1}
                className={item.isDangerous ? 'is-dangerous' : ''}
                onClick={() => {
                  setOpen(false)
                  button.current?.focus()
                  item.act()
                }}
              >
                <Icon name={item.icon} />
                {item.label}
              </button>
            ))}
        </div>
      )}
    </div>
  )
}
