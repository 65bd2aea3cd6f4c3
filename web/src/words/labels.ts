import { wordy } from '@/api/generated/wordy'
import { fields } from './fields'
import { values } from './values'
import { say } from './words'

/** The label of a field; its name, spelled out, where nobody wrote one. */
export function fieldLabel(name: string): string {
  const words = fields[name]
  return words ? say(words) : name.replace(/_(fen|at|id)$/, '').replaceAll('_', ' ')
}

/** `rates[1].pct` for people: the labels on the way, with the number of a row. */
export const pathLabel = (path: string): string =>
  path
    .split('.')
    .map((step) => {
      const [, name = step, index] = /^(\w+)\[(\d+)\]$/.exec(step) ?? []
      return index === undefined ? fieldLabel(name) : `${fieldLabel(name)} ${Number(index) + 1}`
    })
    .join(' · ')

/** A word of the server for people: of this field first, of any field otherwise. */
export function valueLabel(field: string, value: string): string {
  const words = values[`${field}.${value}`] ?? values[value]
  return words ? say(words) : value
}

/** The same for what may be a word of the server, or a text of somebody who typed `admin`. */
export function textLabel(field: string, value: string): string {
  return wordy.has(field) || `${field}.${value}` in values ? valueLabel(field, value) : value
}

/** The numbers of a field that stand for something, in their order. */
export const numbersOf = (field: string): string[] =>
  Object.keys(values)
    .filter((name) => name.startsWith(`${field}.`))
    .map((name) => name.slice(field.length + 1))
    .filter((value) => /^\d+$/.test(value))
    .sort((a, b) => Number(a) - Number(b))

/** Whether a number of a field stands for something: `charge_mode` 1. */
export const hasWords = (field: string, value: number): boolean => `${field}.${value}` in values
