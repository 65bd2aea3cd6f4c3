import type { Words } from '@/words/words'

/** The kinds of a day's half hours, by the number that a slot holds. */
export const KINDS: readonly { name: string; words: Words; colour: string }[] = [
  { name: 'sharp', words: ['尖', 'Sharp'], colour: '#d9534f' },
  { name: 'peak', words: ['峰', 'Peak'], colour: '#e8a33d' },
  { name: 'flat', words: ['平', 'Flat'], colour: '#5fb374' },
  { name: 'valley', words: ['谷', 'Valley'], colour: '#4a8fd9' },
  { name: 'deep_valley', words: ['深谷', 'Deep valley'], colour: '#5c6f8c' },
]
export const FLAT = 2
export const SLOTS = 48

export interface Rate {
  elec_p5: number
  service_p5: number
}

/** `07:30`, of a slot's beginning; 48 is `24:00`. */
export const clock = (slot: number): string =>
  `${String(Math.floor(slot / 2)).padStart(2, '0')}:${slot % 2 === 0 ? '00' : '30'}`

export const allFlat = (): number[] => Array.from({ length: SLOTS }, () => FLAT)

/** Neighbouring half hours of one kind together. */
export function stretchesOf(
  slots: readonly number[],
): { kind: number; from: number; to: number }[] {
  const found: { kind: number; from: number; to: number }[] = []
  slots.forEach((kind, slot) => {
    const last = found.at(-1)
    if (last?.kind === kind) last.to = slot + 1
    else found.push({ kind, from: slot, to: slot + 1 })
  })
  return found
}

/** The day with everything between two slots, both included, of one kind. */
export function painted(slots: readonly number[], one: number, other: number, kind: number) {
  const [first, last] = [Math.min(one, other), Math.max(one, other)]
  return slots.map((before, slot) => (slot >= first && slot <= last ? kind : before))
}

/** The rates that are sent: as many as the day needs, each with a number. */
export function sentRates(rates: readonly Partial<Rate>[], slots: readonly number[]): Rate[] {
  const most = Math.max(...slots)
  return Array.from({ length: most + 1 }, (_, kind) => ({
    elec_p5: rates[kind]?.elec_p5 ?? 0,
    service_p5: rates[kind]?.service_p5 ?? 0,
  }))
}

/** Kinds of the day that cost nothing at all, which is refused unless it is meant. */
export const costless = (rates: readonly Rate[], slots: readonly number[]): number[] =>
  [...new Set(slots)]
    .sort()
    .filter((kind) => (rates[kind]?.elec_p5 ?? 0) + (rates[kind]?.service_p5 ?? 0) === 0)
