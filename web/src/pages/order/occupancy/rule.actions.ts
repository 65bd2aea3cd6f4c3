import type { Answer } from '@/api/types'
import type { Action } from '@/parts/act/action'
import {
  choice,
  DEVICES,
  flag,
  long,
  money,
  number,
  pick,
  station,
  text,
  time,
  windows,
  words,
  type Field,
  type Values,
} from '@/parts/form/fields'

export type Rule = Answer<'GET /occupancy-rules/{occupancy_rule_id}'>
export type Version = Rule['versions'][number]

const TERMS: readonly Field[] = [
  flag('enabled', { initial: true, label: ['收占位费', 'A fee is taken'] }),
  choice('trigger', ['after_end', 'after_full'], { initial: 'after_end' }),
  number('free_minutes', { min: 0, initial: 15 }),
  number('unit_minutes', { min: 1, initial: 1 }),
  money('price_fen_per_unit', { min: 0, initial: 50 }),
  money('cap_fen', {
    min: 0,
    initial: 5000,
    hint: ['0 表示不封顶', '0: no cap'],
  }),
  windows('exempt_windows', {
    label: ['免费时段', 'Free hours'],
    hint: ['最多 8 段', 'At most 8'],
  }),
  words('exempt_members', { label: ['免费用户标识', 'Who pays nothing'] }),
]
const effective = time('effective_at', {
  hint: ['留空：批准后立即生效', 'Empty: as soon as it is approved'],
})

const bodyOf = ({ name, effective_at, ...rule }: Values) => ({
  ...(name !== undefined && { name }),
  ...(effective_at !== undefined && { effective_at }),
  rule,
})
const paramsOf = ({ rule }: Rule) => ({ occupancy_rule_id: rule.id })

export const newRule: Action = {
  operation: 'POST /occupancy-rules',
  label: ['新建规则', 'New rule'],
  fields: [text('name', { required: true }), ...TERMS, effective],
  body: bodyOf,
  done: () => ['已建草稿，展开后提交审批', 'A draft: open it and submit it'],
}

export const bindRule: Action<{ id: number; name: string }> = {
  operation: 'PUT /occupancy-rules/bindings',
  label: ['绑定', 'Bind'],
  consequence: ({ name }) => [
    `“${name}”将在所选范围生效；正在计时的不变`,
    `“${name}” applies there from now on; what runs keeps its own`,
  ],
  initial: () => ({}),
  fields: [
    station({ when: ({ device_phy_id }) => !device_phy_id }),
    pick('device_phy_id', DEVICES, { when: ({ station_id }) => !station_id }),
    number('port_no', { min: 1, when: ({ device_phy_id }) => Boolean(device_phy_id) }),
  ],
  body: (values, { id }) => ({ ...values, id }),
}

export const editRule: Action<Rule> = {
  operation: 'PUT /occupancy-rules/{occupancy_rule_id}',
  label: ['写下一版', 'Next version'],
  params: paramsOf,
  initial: ({ versions }) => ({ ...versions[0]?.rule }),
  fields: [...TERMS, effective],
  body: bodyOf,
}

const decided = (
  action: 'submit' | 'approve' | 'reject' | 'retire',
  label: Action['label'],
  states: readonly string[],
  options: Partial<Action<Rule>> = {},
): Action<Rule> => ({
  operation: 'POST /occupancy-rules/{occupancy_rule_id}/versions/{version}',
  label,
  when: ({ versions }) => states.includes(versions[0]?.status.state ?? ''),
  params: ({ rule, versions }) => ({
    occupancy_rule_id: rule.id,
    version: versions[0]?.status.version ?? 1,
  }),
  fields: [long('note')],
  body: (values) => ({ ...values, action }),
  ...options,
})

/** What can be done to a rule and its newest version. */
export const ruleActions: readonly Action<Rule>[] = [
  decided('submit', ['提交审批', 'Submit'], ['draft', 'rejected']),
  decided('approve', ['批准', 'Approve'], ['submitted'], {
    consequence: ({ versions }) => [
      `第 ${versions[0]?.status.version} 版批准后在所绑定的范围生效；编写人不能批准自己写的`,
      `Version ${versions[0]?.status.version} applies wherever the rule is bound; who wrote it cannot approve it`,
    ],
  }),
  decided('reject', ['驳回', 'Reject'], ['submitted'], { danger: true }),
  editRule,
  decided('retire', ['停用', 'Retire'], ['approved'], {
    danger: true,
    consequence: ({ bindings }) => [
      `该版本不再使用，影响 ${bindings.length} 处绑定`,
      `It applies no longer, at ${bindings.length} places`,
    ],
  }),
]
