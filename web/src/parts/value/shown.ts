import { hasWords, textLabel, valueLabel } from '@/words/labels'
import { say } from '@/words/words'
import * as format from './format'
import { kindOf, type Kind } from './kinds'

export const NOTHING = '–'

/** A value as text, in the language that is shown. */
export function shown(field: string, value: unknown, kind: Kind = kindOf(field, value)): string {
  if (value === null || value === undefined || value === '') return NOTHING
  if (Array.isArray(value)) {
    return value.length === 0 ? NOTHING : value.map((item) => plain(field, item)).join(', ')
  }
  if (typeof value === 'boolean' && field === 'online') {
    return say(value ? ['在线', 'Online'] : ['离线', 'Offline'])
  }
  if (typeof value === 'boolean') return say(value ? ['是', 'Yes'] : ['否', 'No'])
  if (typeof value === 'number' && !hasWords(field, value) && kind in numbers) {
    return numbers[kind as keyof typeof numbers](value)
  }
  // Names of programs stay what they are.
  if (kind === 'code') return String(value)
  if (kind === 'tag') return valueLabel(field, String(value))
  return plain(field, value)
}

const numbers = {
  money: format.money,
  time: format.time,
  moment: format.moment,
  kwh: format.kwh,
  power: format.power,
  duration: format.duration,
  ms: format.ms,
  share: format.share,
  percent: format.percent,
  bytes: format.bytes,
  number: format.number,
}

const KEY = /^api:(\d+)$/

/** Whoever did something; it may be a program with a key. */
export function whoText(name: string): string {
  const [, key] = KEY.exec(name) ?? []
  return key ? say([`密钥 ${key}`, `key ${key}`]) : name
}

function plain(field: string, value: unknown): string {
  if (typeof value !== 'object' || value === null) {
    const text = String(value)
    return KEY.test(text) ? whoText(text) : textLabel(field, text)
  }
  const named = value as Record<string, unknown>
  const name = named.name ?? named.label ?? named.title
  return typeof name === 'string' ? name : JSON.stringify(value)
}
