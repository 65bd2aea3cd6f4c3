import { call } from '@/api/call'
import type { Answer, Row } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { proposed } from '@/parts/act/proposed'
import { PROTOCOLS } from '@/parts/value/protocols'
import {
  choice,
  DEVICES,
  file,
  long,
  number,
  pick,
  secret,
  station,
  text,
  type Field,
  type Source,
} from '@/parts/form/fields'

type Image = Row<'/firmware'>
export type Campaign = Row<'/firmware/campaigns'>
export type Block = Row<'/ops/firmware-blocks'>

const TARGETS = ['main', 'socket', 'radio']
const IMAGES: Source = {
  list: '/firmware',
  value: 'id',
  text: ['version', 'device_model', 'file_name'],
}

const about: readonly Field[] = [
  choice('family', PROTOCOLS, { required: true, label: ['协议', 'Protocol'] }),
  text('device_model', { hint: ['不填表示该协议全部型号', 'All of the family when empty'] }),
  text('version', {
    required: true,
    hint: ['与设备上报的版本号写法一致', 'As devices report it'],
  }),
  choice('target', TARGETS, { label: ['替换部分', 'What is replaced'] }),
]
const notes = long('notes', { label: ['更新说明', 'Notes'] })

export const upload: Action = {
  operation: 'POST /firmware',
  label: ['上传固件', 'Upload'],
  wide: true,
  fields: [...about, file('image', { required: true, label: ['文件', 'File'] }), notes],
  initial: () => ({ target: 'main' }),
  query: ({ family, device_model, version, target, notes, image }) => ({
    ...(Object.fromEntries(
      Object.entries({ family, device_model, version, target, notes }).filter(([, value]) => value),
    ) as Record<string, string>),
    file_name: (image as File | undefined)?.name,
  }),
  body: ({ image }) => image,
}

export const addAddress: Action = {
  operation: 'POST /firmware/addresses',
  label: ['登记 FTP 地址', 'Add an address'],
  wide: true,
  fields: [
    ...about,
    text('host', { required: true, hint: ['IPv4 地址', 'An IPv4 address'] }),
    number('port', { min: 1, max: 65_535, hint: ['默认 21', '21 when empty'] }),
    text('path', { required: true, label: ['文件路径', 'The file with its path'] }),
    text('user', { label: ['账号', 'Account'] }),
    secret('password'),
    notes,
  ],
  initial: () => ({ target: 'main' }),
}

export const imageActions: readonly Action<Image>[] = [
  {
    operation: 'DELETE /firmware/{id}',
    label: ['删除', 'Delete'],
    danger: true,
    consequence: ({ version, file_name }) => [
      `${file_name}（${version}）不再能用于新任务；进行中的升级继续`,
      `${file_name} (${version}) serves no new campaign; updates under way go on`,
    ],
  },
]

export const newCampaign: Action = {
  operation: 'POST /firmware/campaigns',
  label: ['新建升级任务', 'New campaign'],
  wide: true,
  fields: [
    text('name', { required: true }),
    pick('firmware_id', IMAGES, { required: true, label: ['固件', 'Firmware'] }),
    station({ hint: ['不选则不限站点', 'Everywhere when empty'] }),
    text('below_version', {
      label: ['只升级低于此版本的', 'Only below version'],
    }),
    pick('devices', DEVICES, {
      many: true,
      label: ['只升级这些设备', 'Only these devices'],
      hint: ['不选则所有匹配的设备', 'All that match when empty'],
    }),
    number('first_wave', { min: 1, label: ['首批台数', 'First wave'] }),
    number('wave', { min: 1, label: ['之后每批台数', 'Each wave after'] }),
    number('failures_max_percent', {
      min: 0,
      max: 100,
      label: ['失败超过百分之几自动暂停', 'Pauses by itself above, % failed'],
    }),
  ],
  initial: (row) => ({ first_wave: 1, wave: 10, failures_max_percent: 10, ...row }),
  body: ({ devices, ...rest }) => ({
    ...rest,
    ...(Array.isArray(devices) && devices.length > 0 && { devices }),
  }),
  done: () => ['已建草稿，确认无误后点“开始”', 'A draft was made: start it when all is right'],
}

const move = (
  action: 'start' | 'pause' | 'abort',
  rest: Omit<Action<Campaign>, 'operation' | 'body'>,
): Action<Campaign> => ({
  operation: 'POST /firmware/campaigns/{id}',
  body: () => ({ action }),
  ...rest,
})
export const campaignActions: readonly Action<Campaign>[] = [
  move('start', {
    label: ['开始', 'Start'],
    when: ({ state }) => state === 'draft' || state === 'paused',
    consequence: ({ first_wave, wave, failures_max_percent }) => [
      `先升级 ${first_wave} 台，成功后每批 ${wave} 台；设备空闲时才升级，升级时不能充电。失败超过 ${failures_max_percent}% 自动暂停`,
      `${first_wave} first, then ${wave} at a time; devices update while idle and charge nothing meanwhile. It pauses by itself when more than ${failures_max_percent} % fail`,
    ],
  }),
  move('pause', { label: ['暂停', 'Pause'], when: ({ state }) => state === 'running' }),
  move('abort', {
    label: ['终止', 'Abort'],
    danger: true,
    when: ({ state }) => state === 'running' || state === 'paused',
    consequence: ({ name }) => [
      `“${name}”不再升级新的设备，已开始的会做完；终止后不能继续`,
      `${name} takes no further device; those under way finish. It cannot be taken up again`,
    ],
  }),
]

type Preview = Answer<'POST /ops/firmware-blocks/preview'>

/** What a block would do, asked before anybody confirms it. */
export const previewed = (device_model: string, version_range: string): Promise<Preview> =>
  call('POST /ops/firmware-blocks/preview', { body: { device_model, version_range } })

export const block = (
  model: string,
  range: string,
  { devices, active_orders }: Preview,
): Action => ({
  operation: 'POST /ops/firmware-blocks',
  label: ['封禁固件', 'Block the firmware'],
  danger: true,
  consequence: () => [
    `${devices} 台设备将停用、不再接新订单（进行中的 ${active_orders} 笔正常结束），之后连上来的同版本设备也一样。须另一人复核后生效`,
    `${devices} devices take no new orders (the ${active_orders} that run end normally), nor do those that connect with it later. A second person has to confirm it`,
  ],
  fields: [long('reason', { required: true })],
  initial: () => ({}),
  body: ({ reason }) => ({ device_model: model, version_range: range, reason }),
  done: proposed,
})

export const blockActions: readonly Action<Block>[] = [
  {
    operation: 'POST /ops/firmware-blocks/{firmware_block_id}/lift',
    label: ['解除封禁', 'Lift'],
    when: ({ lifted_at }) => !lifted_at,
    consequence: ({ device_model, version_range, devices }) => [
      `型号 ${device_model} 版本 ${version_range} 的 ${devices} 台设备恢复到封禁前的状态，可以再接订单`,
      `${devices} devices of ${device_model} ${version_range} go back to where they were and take orders again`,
    ],
  },
]
