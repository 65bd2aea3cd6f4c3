import type { AnyRow, Answer } from '@/api/types'
import type { Action } from '@/parts/act/action'
import * as field from '@/parts/form/fields'
import { general, nameOf, portsOf } from '../commands'
import { pushTariff, queryParams } from '../device.actions'
import { contentOf, setParams } from './params.actions'

export type Ability = Answer<'GET /devices/{phy_id}/commands'>[number]

const port = (row: AnyRow, required = false) => field.choice('port_no', portsOf(row), { required })
const chips = field.words('physical', {
  required: true,
  label: ['卡片芯片号（十六进制）', 'Numbers of the chips (hexadecimal)'],
})

/** What the commands that every family has ask for. */
const ASKED: Record<string, (row: AnyRow) => readonly field.Field[]> = {
  query_port: (row) => [port(row)],
  sync_time: () => [],
  restart: () => [field.flag('when_idle', { initial: true })],
  query_tariff: () => [],
  set_qr: (row) => [port(row), field.text('text', { required: true })],
  set_power_limit: (row) => [
    port(row),
    field.number('percent', { min: 1, max: 100 }),
    field.number('watts', { min: 1 }),
  ],
  set_service: (row) => [port(row), field.flag('in_service', { initial: true })],
  move_ground_lock: (row) => [port(row, true), field.flag('raise')],
  store_cards: () => [
    field.long('cards', {
      required: true,
      label: ['卡片（每行：卡号 芯片号）', 'Cards (a line each: number and chip)'],
    }),
  ],
  remove_cards: () => [chips],
  query_cards: () => [chips],
  query_history: () => [
    field.number('first', { min: 0, required: true, initial: 1 }),
    field.number('count', { min: 1, max: 1000, required: true, initial: 10 }),
  ],
}

/** Commands that have an operation of their own. */
const OWN: Record<string, Action> = {
  set_params: setParams,
  query_params: queryParams,
  push_tariff: pushTariff,
}

/** Cards as people write them down: `1000000001 A1B2C3D4`, a line each. */
const cardsOf = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim().split(/[\s,;]+/))
    .filter(([card_no]) => card_no)
    .map(([card_no, physical = '']) => ({ card_no, physical }))

/** The action that gives a device a command. */
export function actionOf(ability: Ability, row: AnyRow): Action | undefined {
  const { name, dangerous, vendor } = ability
  const harm = dangerous && {
    danger: true,
    consequence: () =>
      [
        `“${ability.title ?? name}”可能影响 ${nameOf(row)} 正在进行的充电或丢失其记录，确认后立即下发`,
        `“${ability.title ?? name}” can harm ${nameOf(row)} or lose its records; it is sent at once`,
      ] as const,
  }
  const own = OWN[name]
  if (own) return own
  if (vendor) {
    return general('vendor', {
      ...harm,
      label: [`下发 ${name}`, `Send ${name}`],
      fields: Object.entries(ability.fields).map(([each, holds]) =>
        field.text(each, { label: [each, each], hint: [holds, holds] }),
      ),
      body: (values) => ({
        name,
        ...(dangerous && { confirm: true }),
        fields: Object.fromEntries(
          Object.entries(values).map(([each, typed]) => [each, contentOf(typed)]),
        ),
      }),
    })
  }
  const asked = ASKED[name]
  if (!asked) return undefined
  return general(name, {
    ...harm,
    label: ['下发', 'Send'],
    fields: asked(row),
    body: ({ cards, ...values }) => ({
      ...values,
      ...(typeof cards === 'string' && { cards: cardsOf(cards) }),
    }),
  })
}
