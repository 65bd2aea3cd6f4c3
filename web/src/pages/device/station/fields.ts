import { me } from '@/api/session'
import type { Answer, Body } from '@/api/types'
import * as field from '@/parts/form/fields'
import type { Words } from '@/words/words'
import * as details from './details'

export type Station = Answer<'GET /stations/{station_id}'>
type Written = Body<'POST /stations'>

const TYPES = [1, 50, 100, 101, 102, 103, 255]
const STATES = [50, 1, 5, 6, 0]
const MODES = ['self_self', 'self_other', 'entrusted', 'aggregated']

/** A part of the form of stations. */
export interface Part {
  name: string
  label: Words
  fields: readonly field.Field[]
}

const basic: readonly field.Field[] = [
  field.text('name', { required: true }),
  field.text('station_no', {
    required: true,
    hint: ['1 至 20 位字母、数字、- 或 _', '1 to 20 letters, digits, - or _'],
  }),
  field.org('owner_org_id', {
    required: true,
    label: ['归属组织', 'Owner'],
    hint: [
      '商户或平台。设备、订单和收入都归它，更换后设备随之转移',
      'A merchant or the platform: devices, orders and income are theirs; devices follow',
    ],
  }),
  field.choice('station_type', TYPES, { required: true, initial: 1 }),
  field.choice('station_status', STATES, {
    required: true,
    initial: 50,
    hint: ['只有“正常使用”的站点对用户可见', 'Drivers see only stations in use'],
  }),
  field.text('area_code', {
    label: ['行政区划代码', 'Area code'],
    hint: ['6 位，例如 320115', 'Six digits, for example 320115'],
  }),
  field.text('address'),
  field.number('lng', { min: -180, max: 180, step: 0.0001 }),
  field.number('lat', { min: -90, max: 90, step: 0.0001 }),
  field.text('service_tel'),
  field.long('remark'),
]

const running: readonly field.Field[] = [
  field.choice('operation_mode', MODES, { initial: 'self_self' }),
  field.org('operator_org_id', {
    when: ({ operation_mode }) => operation_mode !== 'self_self',
    hint: ['委托他方运营时必填', 'Needed where somebody else runs it'],
  }),
  field.org('agent_org_id'),
  field.choice('invoice_by', ['platform', 'merchant'], { initial: 'platform' }),
]

export const PARTS: readonly Part[] = [
  { name: 'basic', label: ['基本信息', 'Basics'], fields: basic },
  {
    name: 'operation',
    label: ['运营信息', 'Operation'],
    fields: [...running, ...details.operation],
  },
  { name: 'supervision', label: ['监管信息', 'Supervision'], fields: details.supervision },
  { name: 'parking', label: ['停车', 'Parking'], fields: details.parking },
  { name: 'pictures', label: ['图片', 'Pictures'], fields: details.pictures },
]

const ALL = PARTS.flatMap(({ fields }) => fields)
const OWN = new Set([...basic, ...running].map(({ name }) => name))

/** What the form begins with. */
export const valuesOf = (station?: Station): field.Values =>
  field.initialOf(
    ALL,
    station ? { ...station.details, ...station } : { owner_org_id: me.value?.org_id },
  )

/** Empty lists and switches that are off need not be said. */
const isSaid = (value: unknown): boolean =>
  value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0)

/** What is sent: details that have no field here stay as they were. */
export function writtenOf(values: field.Values, station?: Station): Written {
  const sent = field.sentOf(ALL, values)
  const own: field.Values = {}
  const kept: field.Values = { ...station?.details }
  for (const { name } of ALL) {
    const value = sent[name] ?? undefined
    if (OWN.has(name)) {
      if (value !== undefined) own[name] = value
    } else if (isSaid(value)) kept[name] = value
    else delete kept[name]
  }
  return { ...own, details: kept } as Written
}
