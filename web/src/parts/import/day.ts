import { fromInput } from '@/parts/value/zoned'
import type { Check } from './definition'

/** The beginning of a day as inputs show it; spreadsheets like `2027/1/5` better than `2027-01-05`. */
function dayOf(text: string): Date | undefined {
  const [, year, , month, day] = /^([12]\d{3})([-/.])(\d{1,2})\2(\d{1,2})$/.exec(text) ?? []
  const shown = new Date(Number(year), Number(month) - 1, Number(day))
  return shown.getMonth() === Number(month) - 1 && shown.getDate() === Number(day)
    ? shown
    : undefined
}

export const day: Check = (text) =>
  dayOf(text) ? undefined : ['须为日期，如 2027-12-31', 'must be a date like 2027-12-31']

/** The last second of a day of the platform, Unix seconds. */
export function lastSecondOf(text = ''): number | undefined {
  const shown = dayOf(text)
  return shown && fromInput(new Date(shown.setHours(23, 59, 59)))
}
