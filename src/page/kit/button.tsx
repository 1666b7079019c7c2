import type { ComponentProps, ReactNode } from 'react'

import { Icon, type IconName } from './icons.tsx'

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  icon: IconName
  /** What it does; its name for those who don't see the icon, and its tip for those who do. */
  label: string
  children?: ReactNode
}

export function IconButton({ icon, label, children, className = '', ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      className={`icon-button ${className}`}
      aria-label={label}
      title={label}
      {...rest}
    >
      <Icon name={icon} />
      {children}
    </button>
  )
}
