import { NOTHING } from '@/parts/value/shown'

/** A field of a frame: its bytes, and what they say. */
export interface FrameField {
  /** `sockets[0].ports[1].power_0_1w` */
  name: string
  offset: number
  length: number
  value: string
  /** What the value stands for, and what the field is about. */
  meaning: string
  about: string
}

/** Bytes that the server took apart. */
export interface Frame {
  hex: string
  valid: boolean
  protocol: string
  title: string
  direction: string
  fields: FrameField[]
  /** Why the bytes are no frame. */
  trouble: string
}

type Told = Record<string, unknown>
const isTold = (value: unknown): value is Told => typeof value === 'object' && value !== null
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const toldOf = (value: unknown): Told[] => (Array.isArray(value) ? value.filter(isTold) : [])

function shown(value: unknown): string {
  if (value === null || value === undefined) return NOTHING
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** The fields of a frame in the order of the wire. */
export const fieldsOf = (told: unknown): FrameField[] =>
  toldOf(told).map(({ name, offset, length, value, meaning, about }) => ({
    name: text(name),
    offset: Number(offset),
    length: Number(length),
    value: shown(value),
    meaning: text(meaning),
    about: text(about),
  }))

const frameOf = (told: Told, hex: string): Frame => ({
  hex: text(told.hex) || hex,
  valid: told.valid === true,
  protocol: text(told.protocol),
  title: text(told.title),
  direction: text(told.direction),
  fields: fieldsOf(told.fields),
  trouble: text(told.detail) || text(told.error),
})

/** The frames of a capture, or the one that the bytes are. */
export function framesOf(answer: unknown, hex: string): Frame[] {
  if (!isTold(answer)) return []
  const parts = toldOf(answer.parts)
  return (parts.length > 0 ? parts : [answer]).map((part) => frameOf(part, hex))
}

/** The digits alone, however they were written down. */
export const digitsOf = (typed: string): string => typed.replace(/0x|[\s:]/gi, '').toUpperCase()

/** The bytes in rows of sixteen. */
export function rowsOf(hex: string): string[][] {
  const bytes = hex.toUpperCase().match(/../g) ?? []
  return Array.from({ length: Math.ceil(bytes.length / 16) }, (_, row) =>
    bytes.slice(row * 16, row * 16 + 16),
  )
}
