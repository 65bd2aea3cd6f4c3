import type { ListPath } from '@/api/types'
import type { Words } from '@/words/words'
import type { Component } from 'vue'

export type Values = Record<string, unknown>

/** Where a value is picked from: a list of the server, searched as one types. */
export interface Source {
  list: ListPath
  /** The field of a row that is sent. */
  value: string
  /** The fields of a row that are shown. */
  text: readonly string[]
  /** The filter that takes what is typed; without it the first rows are offered. */
  search?: string
  query?: Record<string, string | number | boolean>
}

type Simple =
  'text' | 'long' | 'secret' | 'flag' | 'time' | 'date' | 'words' | 'json' | 'org' | 'windows'

type Ranged = 'number' | 'money' | 'share' | 'price' | 'energy'

interface Common {
  name: string
  label?: Words
  hint?: Words
  required?: boolean
  /** What it is before anything is typed. */
  initial?: unknown
  /** Asked for only then. */
  when?: (values: Values) => boolean
}

/** A field of a form. */
export type Field = Common &
  (
    | { as: Simple }
    | { as: Ranged; min?: number; max?: number; step?: number }
    | { as: 'choice'; choices: readonly (string | number)[]; many?: boolean }
    | { as: 'pick'; from: Source; many?: boolean }
    | { as: 'file'; accept?: string }
    | { as: 'own'; component: Component }
    | { as: 'table'; columns: readonly Field[]; most?: number }
  )

type Options = Omit<Common, 'name'>
type Range = Options & { min?: number; max?: number; step?: number }

const simple =
  <A extends Simple>(as: A) =>
  (name: string, options: Options = {}): Field => ({ name, as, ...options })
const ranged =
  <A extends Ranged>(as: A) =>
  (name: string, options: Range = {}): Field => ({ name, as, ...options })

export const text = simple('text')
/** Several lines. */
export const long = simple('long')
export const secret = simple('secret')
export const flag = simple('flag')
/** An instant: Unix seconds. */
export const time = simple('time')
/** A day: `2026-11-22`. */
export const date = simple('date')
/** A list of words. */
export const words = simple('words')
/** A structure that has no form of its own. */
export const json = simple('json')
/** An organisation of any kind. */
export const org = simple('org')
/** Windows of the day: `[{ from: '22:00', to: '06:00' }]`. */
export const windows = simple('windows')
export const number = ranged('number')
/** Typed in yuan, sent in fen. */
export const money = ranged('money')
/** Typed in per cent, sent in basis points. */
export const share = ranged('share')
/** Typed in yuan per kWh or hour, sent in hundred thousandths of that. */
export const price = ranged('price')
/** Typed in kWh, sent in ten thousandths of that. */
export const energy = ranged('energy')
export const choice = (
  name: string,
  choices: readonly (string | number)[],
  options: Options & { many?: boolean } = {},
): Field => ({ name, as: 'choice', choices, ...options })
export const pick = (
  name: string,
  from: Source,
  options: Options & { many?: boolean } = {},
): Field => ({ name, as: 'pick', from, ...options })
export const file = (name: string, options: Options & { accept?: string } = {}): Field => ({
  name,
  as: 'file',
  ...options,
})

/** A value that has an editor of its own: a component with `v-model`. */
export const own = (name: string, component: Component, options: Options = {}): Field => ({
  name,
  as: 'own',
  component,
  ...options,
})
/** Rows of the same fields: packages, steps. */
export const table = (
  name: string,
  columns: readonly Field[],
  options: Options & { most?: number } = {},
): Field => ({ name, as: 'table', columns, ...options })

/** Things that forms ask for again and again. */
export const reason = long('reason', { required: true })
export const station = (options: Options & { many?: boolean } = {}): Field =>
  pick('station_id', STATIONS, options)
export const STATIONS: Source = {
  list: '/stations',
  value: 'station_id',
  text: ['name', 'station_no'],
  search: 'name',
}
export const DEVICES: Source = {
  list: '/devices',
  value: 'device_phy_id',
  text: ['device_phy_id', 'name'],
}
export const MEMBERS: Source = {
  list: '/members',
  value: 'id',
  text: ['phone', 'nickname'],
  search: 'phone',
}
export const COUPONS: Source = {
  list: '/coupons',
  value: 'coupon_id',
  text: ['terms.name'],
  query: { open: true },
}
export const ROLES: Source = { list: '/roles', value: 'role_id', text: ['name'], search: 'name' }
export const AGENTS: Source = {
  list: '/agents',
  value: 'org_id',
  text: ['name', 'phone'],
  search: 'name',
}
export const MERCHANTS: Source = { ...AGENTS, list: '/merchants' }
export const COMPANIES: Source = { ...AGENTS, list: '/companies' }

/** What a form begins with. */
export function initialOf(fields: readonly Field[], given: Values = {}): Values {
  return Object.fromEntries(
    fields.map((field) => {
      const known = given[field.name] ?? field.initial
      const many = 'many' in field && field.many
      return [field.name, known ?? (field.as === 'flag' ? false : many ? [] : undefined)]
    }),
  )
}

/** What a form sends: what is asked for, without what was left empty. */
export function sentOf(fields: readonly Field[], values: Values): Values {
  const asked = fields.filter(({ when }) => !when || when(values))
  return Object.fromEntries(
    asked
      .map(({ name }) => [name, values[name] === '' ? undefined : values[name]] as const)
      .filter(([, value]) => value !== undefined),
  )
}
