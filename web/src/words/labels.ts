import { fields } from './fields'
import { values } from './values'
import { say } from './words'

/** The label of a field; its name, spelled out, where nobody wrote one. */
export function fieldLabel(name: string): string {
  const words = fields[name]
  return words ? say(words) : name.replace(/_(fen|at|id)$/, '').replaceAll('_', ' ')
}

/** A word of the server for people: of this field first, of any field otherwise. */
export function valueLabel(field: string, value: string): string {
  const words = values[`${field}.${value}`] ?? values[value]
  return words ? say(words) : value
}
