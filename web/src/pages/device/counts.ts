import { NOTHING } from '@/parts/value/shown'
import { say, type Words } from '@/words/words'

/** Ports by what they are doing. */
export interface PortCounts {
  idle: number
  charging: number
  occupied: number
  fault: number
  offline: number
}

const KINDS: readonly (readonly [keyof PortCounts, Words])[] = [
  ['charging', ['充电', 'charging']],
  ['idle', ['空闲', 'idle']],
  ['occupied', ['占用', 'occupied']],
  ['fault', ['故障', 'faulty']],
  ['offline', ['离线', 'offline']],
]

/** `充电 2 · 空闲 1`; what there is none of is left out. */
export const countsText = (ports: PortCounts): string =>
  KINDS.filter(([kind]) => ports[kind] > 0)
    .map(([kind, words]) => say([`${words[0]} ${ports[kind]}`, `${ports[kind]} ${words[1]}`]))
    .join(' · ') || NOTHING
