import type { Words } from '@/words/words'
import type { Check } from './definition'

const TEXT_MAX = 200
const SPOILED: Words = [
  '被表格软件改成了科学计数法：请把这一列设为文本格式后重新填写',
  'turned into a power of ten by the spreadsheet: make the column text and enter it again',
]

/** A free text. */
export const short: Check = (text) =>
  [...text].length > TEXT_MAX
    ? [`最多 ${TEXT_MAX} 个字`, `at most ${TEXT_MAX} characters`]
    : undefined

export const whole =
  (least: number, most: number): Check =>
  (text) =>
    /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most
      ? undefined
      : [`须为 ${least} 至 ${most} 的整数`, `must be a whole number, ${least} to ${most}`]

/** What `whole` has let through. */
export const numberOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text)

/** A number that something is called by; spreadsheets take long ones for quantities. */
export const code =
  (legal: RegExp, otherwise: Words): Check =>
  (text) => {
    if (legal.test(text)) return undefined
    return /^\d(\.\d+)?E\+?\d+$/i.test(text) ? SPOILED : otherwise
  }

export const stationNumber = code(/^[A-Za-z0-9_-]{1,20}$/, [
  '不是站点编号',
  'is no number of a station',
])

/** A mobile telephone of the mainland. */
export const mobile = code(/^1\d{10}$/, [
  '须为 11 位手机号',
  'must be a mobile number of 11 digits',
])
