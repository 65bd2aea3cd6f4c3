import type { Answer } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { choice, long, money, number, share, text, type Field } from '@/parts/form/fields'
import * as format from '@/parts/value/format'
import { NOTHING } from '@/parts/value/shown'
import { valueLabel } from '@/words/labels'

export type Setting = Answer<'GET /settings'>[number]

const isSwitch = ({ kind, minimum, maximum }: Setting) =>
  kind === 'count' && minimum === 0 && maximum === 1

/** What a setting is called; as the server says where it has no words here. */
export function settingLabel({ key, label }: Setting): string {
  const said = valueLabel('setting', key)
  return said === key ? label : said
}

/** A value of a setting for people. */
export function settingText(setting: Setting, value: unknown): string {
  if (value === null || value === undefined || value === '') return NOTHING
  if (isSwitch(setting)) return valueLabel('switched', String(value))
  if (setting.kind === 'fen') return format.money(Number(value))
  if (setting.kind === 'basis_points') return format.share(Number(value))
  return typeof value === 'number' ? format.number(value) : String(value)
}

function fieldOf(setting: Setting): Field {
  const { kind, group } = setting
  const range = { min: setting.minimum ?? undefined, max: setting.maximum ?? undefined }
  const options = { label: [settingLabel(setting), settingLabel(setting)] as const, required: true }
  if (isSwitch(setting)) return choice('switched', [1, 0], options)
  if (kind === 'fen') return money('value', { ...options, ...range })
  if (kind === 'basis_points') return share('value', { ...options, ...range })
  if (kind === 'count') return number('value', { ...options, ...range })
  const free = { label: options.label }
  return group === 'agreement' ? long('value', free) : text('value', free)
}

const isOwn = ({ value, default: usual }: Setting) => value !== usual

export const actions: readonly Action<Setting>[] = [
  {
    operation: 'PUT /settings/{key}',
    label: ['修改', 'Change'],
    fields: (setting) => [fieldOf(setting)],
    initial: ({ value }) => ({ value, switched: value }),
    body: ({ value, switched }) => ({ value: switched ?? value ?? '' }),
    consequence: (setting) => [
      `现在是 ${settingText(setting, setting.value)}；保存后立即生效`,
      `It is ${settingText(setting, setting.value)}; a change is in force at once`,
    ],
  },
  {
    operation: 'PUT /settings/{key}',
    label: ['恢复默认', 'Take the default'],
    when: isOwn,
    body: () => ({ value: null }),
    consequence: (setting) => [
      `从 ${settingText(setting, setting.value)} 恢复为 ${settingText(setting, setting.default)}，立即生效`,
      `From ${settingText(setting, setting.value)} back to ${settingText(setting, setting.default)}, at once`,
    ],
  },
]
