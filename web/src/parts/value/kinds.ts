/** How a value is shown, when a page does not say. */
export type Kind =
  | 'text'
  | 'code'
  | 'money'
  | 'time'
  | 'moment'
  | 'kwh'
  | 'power'
  | 'duration'
  | 'ms'
  | 'share'
  | 'percent'
  | 'tag'
  | 'flag'
  | 'number'
  | 'bytes'
  | 'list'

const TAGS = new Set([
  'status',
  'state',
  'level',
  'severity',
  'kind',
  'type',
  'method',
  'mode',
  'source',
  'direction',
  'channel',
  'result',
  'protocol',
  'flaw',
])
const TIMES = new Set([
  'valid_from',
  'valid_until',
  'locked_until',
  'from',
  'until',
  'since',
  'at',
  'due',
  'start',
  'end',
])

/** Judges by the name, which follows the server's conventions, and by the value. */
export function kindOf(field: string, value?: unknown): Kind {
  if (typeof value === 'boolean') return field === 'online' ? 'tag' : 'flag'
  if (Array.isArray(value)) return 'list'
  if (field.endsWith('_fen')) return 'money'
  if (/_(at|seen|since)$/.test(field) || (TIMES.has(field) && typeof value === 'number'))
    return 'time'
  if (field === 'at_ms') return 'moment'
  if (field.endsWith('_ms')) return 'ms'
  if (field.endsWith('kwh')) return 'kwh'
  if (field.endsWith('_w') || field.endsWith('power')) return 'power'
  if (field.endsWith('_sec') || field.endsWith('_s')) return 'duration'
  if (field.endsWith('_bp')) return 'share'
  if (field.endsWith('_bytes')) return 'bytes'
  if (TAGS.has(field) || field.endsWith('_status') || field.endsWith('_state')) return 'tag'
  // Ports and sockets are counted; documents and devices are called.
  if (typeof value === 'number') return 'number'
  if (field.endsWith('_no') || field.endsWith('phy_id') || field === 'vin') return 'code'
  return 'text'
}

const ON_THE_RIGHT = new Set<Kind>([
  'money',
  'kwh',
  'power',
  'number',
  'share',
  'percent',
  'bytes',
  'ms',
])

/** Whether values of that kind are compared by their length, and stand on the right. */
export const isOnTheRight = (kind: Kind): boolean => ON_THE_RIGHT.has(kind)

/** How wide a column of that kind has to be, px. */
const WIDTHS: Partial<Record<Kind, number>> = {
  code: 184,
  time: 184,
  moment: 212,
  tag: 108,
  flag: 72,
  kwh: 120,
  money: 118,
}

const PADDING_PX = 26
/** About as wide as a letter of a heading is. */
const LETTER_PX = 8.4
const SIGN_PX = 14
/** Of two lines neither is exactly half. */
const HALF = 0.6

/** About how wide a text is, px. */
export const textWidth = (text: string): number =>
  [...text].reduce((sum, sign) => sum + (sign > '\u2e7f' ? SIGN_PX : LETTER_PX), 0)

/** How wide a column has to be so that its heading takes two lines at most, no word broken, px. */
export function widthOf(kind: Kind, heading: string): number {
  const lengths = heading.split(' ').map(textWidth)
  return Math.max(
    WIDTHS[kind] ?? 110,
    Math.ceil(Math.max(...lengths, textWidth(heading) * HALF)) + PADDING_PX,
  )
}
