/** A value that a frame holds, with its place in the bytes where that is certain. */
export interface FrameField {
  /** `sockets[0].ports[1].power_0_1w` */
  name: string
  value: string
  /** The first byte and the one behind the last. */
  from?: number
  to?: number
}

type Leaf = readonly [name: string, value: string | number | boolean | null]

function leavesOf(decoded: unknown, name = ''): Leaf[] {
  if (Array.isArray(decoded)) {
    return decoded.flatMap((item, index) => leavesOf(item, `${name}[${index}]`))
  }
  if (typeof decoded === 'object' && decoded !== null) {
    return Object.entries(decoded).flatMap(([key, value]) =>
      leavesOf(value, name ? `${name}.${key}` : key),
    )
  }
  return [[name, decoded as Leaf[1]]]
}

const pairsOf = (hex: string): string[] => hex.toUpperCase().match(/../g) ?? []
const reversed = (hex: string) => pairsOf(hex).reverse().join('')

function ofNumber(value: number): string[] {
  if (!Number.isSafeInteger(value) || value <= 0xff || value > 0xffff_ffff) return []
  const hex = value.toString(16).toUpperCase()
  const widths = value <= 0xffff ? [4, 8] : [8]
  return widths.flatMap((width) => {
    const padded = hex.padStart(width, '0')
    return [padded, reversed(padded)]
  })
}

function ofText(text: string): string[] {
  const plain = text.replace(/^0x/, '').toUpperCase()
  const isHex = /^([0-9A-F]{2}){2,}$/.test(plain)
  const decimal = /^\d+\.\d+$/.test(text) ? ofNumber(Number(text.replace('.', ''))) : []
  const ascii = /^[\x20-\x7e]{2,}$/.test(text)
    ? [...text].map((letter) => letter.charCodeAt(0).toString(16).toUpperCase()).join('')
    : ''
  return [...(isHex ? [plain, reversed(plain)] : []), ...(ascii ? [ascii] : []), ...decimal]
}

function placesOf(wanted: string, frame: string): number[] {
  const places: number[] = []
  for (let at = frame.indexOf(wanted); at >= 0; at = frame.indexOf(wanted, at + 1)) {
    if (at % 2 === 0) places.push(at / 2)
  }
  return places
}

/** The place of a value whose bytes are in the frame exactly once, however they are written. */
function placeOf(value: Leaf[1], frame: string): Pick<FrameField, 'from' | 'to'> {
  const written =
    typeof value === 'number' ? ofNumber(value) : typeof value === 'string' ? ofText(value) : []
  for (const bytes of new Set(written)) {
    const places = placesOf(bytes, frame)
    if (places.length > 1) return {}
    const [from] = places
    if (from !== undefined) return { from, to: from + bytes.length / 2 }
  }
  return {}
}

/** The fields of a frame in their order. */
export function fieldsOf(decoded: unknown, hex: string): FrameField[] {
  const frame = hex.toUpperCase()
  return leavesOf(decoded)
    .filter(([name]) => name !== '')
    .map(([name, value]) => ({
      name,
      value: value === null ? '–' : String(value),
      ...placeOf(value, frame),
    }))
}

/** The bytes in rows of sixteen. */
export function rowsOf(hex: string): string[][] {
  const bytes = pairsOf(hex)
  return Array.from({ length: Math.ceil(bytes.length / 16) }, (_, row) =>
    bytes.slice(row * 16, row * 16 + 16),
  )
}
