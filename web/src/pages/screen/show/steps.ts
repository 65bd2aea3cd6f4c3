import { time } from '@/parts/value/format'

/** `11-22` out of Unix seconds. */
export const dayOf = (at: number): string => time(at).slice(5, 10)

/** `08` out of Unix seconds. */
export const hourOf = (at: number): string => time(at).slice(11, 13)

const QUARTERS = 96
/** The beginnings of the quarters of a day. */
export const quarters: readonly string[] = Array.from({ length: QUARTERS }, (_, index) => {
  const [hour, minute] = [Math.floor(index / 4), (index % 4) * 15]
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
})

/** Whole yuan out of fen: cents are lost on a wall. */
export const yuan = (fen: number): number => Math.round(fen / 100)
export const yuanText = (fen: number): string => `¥${yuan(fen).toLocaleString('en-US')}`
