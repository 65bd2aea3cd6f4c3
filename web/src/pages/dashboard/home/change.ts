import { percent } from '@/parts/value/format'

/** How much more or less something is than before; nothing to tell when there was nothing. */
export function changeOf(now: number, before: number): { up: boolean; text: string } | undefined {
  if (before <= 0 || now === before) return undefined
  const share = Math.abs(now / before - 1)
  return { up: now > before, text: percent(Math.round(share * 1000) / 1000) }
}
