import type { Answer, Row } from '@/api/types'
import type { Action } from '@/parts/act/action'
import {
  choice,
  flag,
  pick,
  secret,
  STATIONS,
  text,
  words,
  type Field,
  type Values,
} from '@/parts/form/fields'
import { defineList } from '@/parts/list/listPage'

type Channel = Row<'/notice-channels'>

const KINDS = ['webhook', 'mail', 'sms', 'dingtalk', 'wecom', 'feishu']
const HOWS = ['at_once', 'digest', 'never']
const hasAddress = ({ kind }: Values) => kind !== 'mail' && kind !== 'sms'

const fields = (isNew: boolean): readonly Field[] => [
  text('name', { required: true }),
  choice('kind', KINDS, { required: true }),
  text('url', {
    required: isNew,
    when: hasAddress,
    label: ['推送地址', 'Address'],
    hint: isNew ? undefined : ['不填则沿用原地址', 'Left empty: as before'],
  }),
  secret('secret', {
    when: hasAddress,
    label: ['签名密钥', 'Secret'],
    hint: isNew ? undefined : ['不填则沿用原密钥', 'Left empty: as before'],
  }),
  words('recipients', {
    hint: [
      '邮件填邮箱，短信填手机号；钉钉、企业微信填要 @ 的手机号',
      'Mail addresses, or telephones; of DingTalk and WeCom those who are called by name',
    ],
  }),
  choice('C', HOWS, { label: ['严重告警', 'Critical alarms'], required: true }),
  choice('W', HOWS, { label: ['警告', 'Warnings'], required: true }),
  choice('I', HOWS, { label: ['提示', 'Information'], required: true }),
  choice('tier', [1, 2], {
    label: ['级别', 'Tier'],
    hint: ['1 先通知；2 在无人接手升级后通知', '1 is told first, 2 of what nobody has taken'],
  }),
  text('quiet_from', {
    hint: ['此后只通知严重告警，如 22:00', 'Only critical alarms from then, 22:00'],
  }),
  text('quiet_until', { hint: ['到此为止，如 07:00', 'Until then, 07:00'] }),
  text('digest_at', { hint: ['每日汇总的时间，默认 09:00', 'When the digest goes out; 09:00'] }),
  pick('station_ids', STATIONS, {
    many: true,
    label: ['只限这些站点', 'Only these stations'],
    hint: ['不选则全部站点', 'All of them when empty'],
  }),
  words('codes', {
    label: ['只限这些告警代码', 'Only these causes'],
    hint: ['不填则全部', 'All of them when empty'],
  }),
  choice('language', ['zh', 'en']),
  flag('enabled', { label: ['启用', 'In use'] }),
]

const sent = ({ C, W, I, ...rest }: Values) => ({ ...rest, levels: { C, W, I } })

const actions: readonly Action<Channel>[] = [
  {
    operation: 'POST /notice-channels/{channel_id}/test',
    label: ['测试', 'Test'],
    done: () => ['测试消息已送达', 'The test arrived'],
    refusal: (answer) => {
      const { sent: arrived, error } = answer as Answer<'POST /notice-channels/{channel_id}/test'>
      return arrived ? undefined : [`没有送达：${error ?? ''}`, `It did not arrive: ${error ?? ''}`]
    },
  },
  {
    operation: 'PUT /notice-channels/{channel_id}',
    label: ['修改', 'Edit'],
    load: 'GET /notice-channels/{channel_id}',
    wide: true,
    fields: fields(false),
    initial: (channel) => ({ ...channel, ...channel.levels }),
    body: sent,
  },
  {
    operation: 'DELETE /notice-channels/{channel_id}',
    label: ['删除', 'Delete'],
    danger: true,
    consequence: ({ name }) => [
      `删除“${name}”后，它还没发出的通知不再发送`,
      `What ${name} had still to tell is given up`,
    ],
  },
]

const create: Action = {
  operation: 'POST /notice-channels',
  label: ['新建渠道', 'New channel'],
  wide: true,
  fields: fields(true),
  initial: () => ({
    kind: 'wecom',
    C: 'at_once',
    W: 'at_once',
    I: 'digest',
    tier: 1,
    language: 'zh',
    enabled: true,
  }),
  body: sent,
  done: () => ['已建立，请点“测试”确认能收到', 'It is there: test whether messages arrive'],
}

export const channels = defineList({
  page: 'device.alarm',
  list: '/notice-channels',
  key: 'channel_id',
  columns: [
    'name',
    'kind',
    'enabled',
    'tier',
    { field: 'host', label: ['主机', 'Host'] },
    'recipients',
    'failures',
    'sent_at',
    'error',
  ],
  more: ['failed_at', 'quiet_from', 'quiet_until', 'digest_at', 'language', 'codes', 'station_ids'],
  actions,
  create: [create],
  mark: ({ failures, enabled }) => (enabled && failures > 0 ? 'warning' : undefined),
  empty: [
    '还没有通知渠道：告警不会通知任何人。请新建一个',
    'No channel yet, so nobody is told of alarms: add one',
  ],
})
