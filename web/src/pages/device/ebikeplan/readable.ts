import type { Field, Values } from '@/parts/form/fields'
import { money, number } from '@/parts/value/format'
import { valueLabel } from '@/words/labels'
import { say } from '@/words/words'
import { TERMS } from './terms'

const yuan = (p5: number) => `¥${(p5 / 100_000).toFixed(5).replace(/0{1,3}$/, '')}`
const kwh = (e4: number) => `${number(e4 / 10_000)} kWh`

function one(field: Field, value: unknown): string {
  if (Array.isArray(value)) return value.map((row) => oneRow(field, row as Values)).join('；')
  if (typeof value === 'boolean') return say(value ? ['是', 'Yes'] : ['否', 'No'])
  if (typeof value === 'number') {
    if (field.as === 'money') return money(value)
    if (field.as === 'price') return yuan(value)
    if (field.as === 'energy') return kwh(value)
    return number(value)
  }
  return valueLabel(field.name, String(value))
}

function oneRow(field: Field, row: Values): string {
  const columns = field.as === 'table' ? field.columns : []
  return columns
    .filter(({ name }) => row[name] !== null && row[name] !== undefined)
    .map(
      (column) =>
        `${column.label ? say(column.label) : column.name} ${one(column, row[column.name])}`,
    )
    .join(' ')
}

/** The terms that count in a plan's mode and say something. */
export function readable(plan: Values): { field: Field; value: string }[] {
  return TERMS.filter(({ name, when }) => {
    const value = plan[name]
    const isEmpty =
      value === null || value === undefined || (Array.isArray(value) && value.length === 0)
    return !isEmpty && (!when || when(plan))
  }).map((field) => ({ field, value: one(field, plan[field.name]) }))
}
