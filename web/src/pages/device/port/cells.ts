import type { Colour } from '@/parts/value/colour'

/** A port as it stands in a grid. */
export interface PortCell {
  phy_id: string
  port_no: number
  state: string
  online: boolean
  power_w: number
  order_no?: string | null
  soc?: number | null
}

/** What people look for in a grid. */
export const GROUPS = ['charging', 'idle', 'busy', 'fault', 'offline'] as const
export type Group = (typeof GROUPS)[number]

const BUSY = new Set(['plugged', 'reserved', 'starting', 'finishing'])

export function groupOf({ online, state }: Pick<PortCell, 'online' | 'state'>): Group {
  if (!online) return 'offline'
  if (state === 'fault' || state === 'disabled') return 'fault'
  if (state === 'charging' || state === 'suspended') return 'charging'
  return BUSY.has(state) ? 'busy' : 'idle'
}

export const COLOURS: Record<Group, Colour> = {
  charging: 'primary',
  idle: 'success',
  busy: 'warning',
  fault: 'danger',
  offline: 'info',
}

export const keyOf = ({ phy_id, port_no }: Pick<PortCell, 'phy_id' | 'port_no'>): string =>
  `${phy_id}-${port_no}`

const same = (a: PortCell, b: PortCell) =>
  a.state === b.state &&
  a.online === b.online &&
  a.power_w === b.power_w &&
  a.order_no === b.order_no &&
  a.soc === b.soc

/** The cells of now, where those that have not changed are the very ones of before. */
export function renewed<C extends PortCell>(before: readonly C[], now: readonly C[]): C[] {
  const known = new Map(before.map((cell) => [keyOf(cell), cell]))
  return now.map((cell) => {
    const old = known.get(keyOf(cell))
    return old && same(old, cell) ? old : cell
  })
}

export function countGroups(cells: readonly PortCell[]): Record<Group, number> {
  const counts: Record<Group, number> = { charging: 0, idle: 0, busy: 0, fault: 0, offline: 0 }
  for (const cell of cells) counts[groupOf(cell)] += 1
  return counts
}
