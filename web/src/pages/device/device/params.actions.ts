import type { Action } from '@/parts/act/action'
import * as field from '@/parts/form/fields'
import { phyIdOf, told } from '../commands'

/** A number where one was typed: parameters know both, and mean different things by them. */
export const contentOf = (typed: unknown): number | string => {
  const text = String(typed ?? '').trim()
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text
}

const socket = field.number('socket_no', {
  min: 0,
  max: 250,
  hint: ['网关下的插座号，设备本身留空', 'The socket behind a gateway; empty: the device itself'],
})

export const setParams: Action = told({
  operation: 'POST /devices/{phy_id}/params',
  label: ['设置参数', 'Set a parameter'],
  when: (row) => phyIdOf(row) !== '',
  fields: [
    field.text('id', {
      required: true,
      label: ['参数', 'Parameter'],
      hint: ['协议中的编号或名称', 'Its number or name in the protocol'],
    }),
    field.text('value', { required: true, label: ['值', 'Value'] }),
    socket,
    field.text('via', {
      label: ['下行命令', 'Wire command'],
      hint: [
        '仅当协议有多种下发方式时填写，例如 0x83',
        'Only where a protocol has several, for example 0x83',
      ],
    }),
  ],
  body: ({ id, value, socket_no, via }) => ({
    params: [{ id: contentOf(id), value: contentOf(value) }],
    socket_no,
    via,
  }),
  consequence: () => [
    '参数写错可能使设备无法充电，请先核对协议文档',
    'A wrong value can keep the device from charging: look into its document first',
  ],
})

export const setVoice: Action = told({
  operation: 'PUT /devices/{phy_id}/voice',
  label: ['语音设置', 'Voice and buzzer'],
  when: ({ protocol }) => protocol === 'bkv',
  fields: [
    field.number('socket_no', {
      min: 1,
      max: 254,
      initial: 254,
      required: true,
      hint: ['254 表示网关下全部插座', '254 is all sockets of the gateway'],
    }),
    field.flag('voice', { initial: true, label: ['语音播报', 'Voice'] }),
    field.flag('buzzer', { initial: true, label: ['蜂鸣器', 'Buzzer'] }),
    field.text('from', {
      label: ['允许发声，从', 'Sound allowed from'],
      hint: ['例如 08:00；留空不限', 'For example 08:00; empty: always'],
    }),
    field.text('until', { label: ['到', 'until'] }),
  ],
  body: ({ from, until, ...rest }) => ({
    ...rest,
    ...(from && until ? { periods: [{ start: from, end: until }] } : {}),
  }),
})
