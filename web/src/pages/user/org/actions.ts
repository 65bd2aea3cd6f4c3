import type { Row } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { AGENTS, long, pick, text, type Field } from '@/parts/form/fields'

export type Kind = 'agent' | 'merchant' | 'company'
export type Org = Row<'/agents'>

const PLURAL = { agent: 'agents', merchant: 'merchants', company: 'companies' } as const
export const pathOf = <K extends Kind>(kind: K) => `/${PLURAL[kind]}` as const

const area = text('area_code', {
  label: ['行政区划代码', 'Division code'],
  hint: ['六位数字，如 320115', 'Six digits, such as 320115'],
})
const WRITTEN: readonly Field[] = [
  text('name', { required: true }),
  text('contact'),
  text('phone'),
  area,
  text('licence', { label: ['营业执照号', 'Licence'] }),
  long('remark'),
]
const parent = pick('parent_id', AGENTS, {
  label: ['上级代理商', 'Under which agent'],
  hint: ['留空为本组织；以后不能更改', 'Empty: your own organisation; it cannot be changed'],
})

export const addOrg = (kind: Kind): Action => ({
  operation: `POST ${pathOf(kind)}`,
  label: ['新建', 'Add'],
  initial: () => ({}),
  fields: kind === 'company' ? WRITTEN : [...WRITTEN, parent],
})

/** What can be done about an organisation of any kind. */
export const orgActions = (kind: Kind): readonly Action<Org>[] => [
  {
    operation: `PUT ${pathOf(kind)}/{org_id}`,
    load: `GET ${pathOf(kind)}/{org_id}`,
    label: ['编辑', 'Edit'],
    fields: WRITTEN,
    // What has no field here stays what it was.
    body: (values, { settlement }) => ({ ...values, ...(settlement && { settlement }) }),
  },
  {
    operation: `PUT ${pathOf(kind)}/{org_id}/state`,
    label: ['停用', 'Disable'],
    danger: true,
    when: ({ state }) => state === 'active',
    consequence: ({ name, stations }) => [
      `${name} 及其下级的账号立即不能登录${stations ? `；名下 ${stations} 个站点照常充电` : ''}`,
      `Nobody of ${name}, or below it, can log in${stations ? `; its ${stations} stations go on charging` : ''}`,
    ],
    body: () => ({ enabled: false }),
  },
  {
    operation: `PUT ${pathOf(kind)}/{org_id}/state`,
    label: ['启用', 'Enable'],
    when: ({ state }) => state !== 'active',
    body: () => ({ enabled: true }),
  },
]
