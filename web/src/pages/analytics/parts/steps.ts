import { time } from '@/parts/value/format'

/** A step of time as an axis names it: `08:00`, `11-22`, `2026-11`. */
export function stepName(at: number, granularity = 'day'): string {
  const text = time(at)
  if (granularity === 'hour') return text.slice(5, 13) + ':00'
  return granularity === 'month' ? text.slice(0, 7) : text.slice(5, 10)
}

/** Yuan with cents out of fen, for axes. */
export const yuan = (fen: number | null | undefined): number | null =>
  fen === null || fen === undefined ? null : Math.round(fen) / 100

/** Per cent out of a part of one, for axes. */
export const percentOf = (part: number | null | undefined): number | null =>
  part === null || part === undefined ? null : Math.round(part * 10_000) / 100

export const sum = (values: readonly (number | null | undefined)[]): number =>
  values.reduce<number>((total, value) => total + (value ?? 0), 0)

/** The address of a list of a step: those that were made within it. */
export const within = (
  path: string,
  { at, until }: { at: number; until: number },
  more = '',
): string => `${path}?from=${at}&to=${until}${more}`
