import { time } from './format'

/**
 * Inputs of dates know only the browser's own zone. What they are given and what they give reads as
 * the platform's time, the same as everywhere else on the page.
 */

/** What an input shows for an instant, Unix seconds. */
export const toInput = (seconds: number): Date => new Date(time(seconds).replace(' ', 'T'))

/** The instant that somebody means who reads the platform's time in an input, Unix seconds. */
export function fromInput(shown: Date): number {
  const read = Date.UTC(
    shown.getFullYear(),
    shown.getMonth(),
    shown.getDate(),
    shown.getHours(),
    shown.getMinutes(),
    shown.getSeconds(),
  )
  return (read - aheadOfUtc(read)) / 1000
}

/** Milliseconds by which the platform's clocks are ahead. */
const aheadOfUtc = (at: number): number =>
  Date.parse(`${time(at / 1000).replace(' ', 'T')}Z`) - Math.floor(at / 1000) * 1000

/** A day later or earlier as inputs show it, whatever the browser's clocks do in between. */
export function otherDay(shown: Date, days: number): Date {
  const other = new Date(shown)
  other.setDate(other.getDate() + days)
  return other
}

/** How an input shows the beginning of today. */
export const todayInInput = (): Date => new Date(toInput(Date.now() / 1000).setHours(0, 0, 0, 0))

/** Shanghai is eight hours ahead, all year. */
const AHEAD_MIN = 8 * 60
/** Whether the browser's own clock shows another time. */
export const isElsewhere = (): boolean => new Date().getTimezoneOffset() !== -AHEAD_MIN
