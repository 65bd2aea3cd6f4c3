import type { Row } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { DEVICES, pick, secret, station, text, type Field, type Values } from '@/parts/form/fields'

export type Camera = Row<'/cameras'>

/** The server does not show what was written there. */
const AGAIN = [
  '不回显，请重新填写；留空即清除',
  'Not shown: write it again; empty takes it away',
] as const
const KEPT = ['不填则沿用原来的', 'Left empty: as before'] as const
const fields = (isNew: boolean): readonly Field[] => [
  text('name', { required: true }),
  text('vendor', { label: ['品牌', 'Maker'] }),
  pick('device_phy_id', DEVICES, {
    label: ['对着的设备', 'The device that it looks at'],
    hint: isNew ? undefined : AGAIN,
  }),
  text('stream_url', {
    label: ['播放地址', 'Where it is watched'],
    hint: [
      '需要签名的平台用 {expires} 和 {sign} 占位',
      '{expires} and {sign} stand for what a signed address needs',
    ],
  }),
  text('snapshot_url', {
    label: ['截图地址', 'Where a picture is fetched'],
    hint: isNew
      ? ['http 或 https，不含账号密码', 'http or https, without account and password']
      : AGAIN,
  }),
  text('username', { label: ['账号', 'Account'] }),
  secret('password', { label: ['密码', 'Password'], hint: isNew ? undefined : KEPT }),
  secret('sign_key', { label: ['签名密钥', 'Key that signs'], hint: isNew ? undefined : KEPT }),
  text('gb28181_id', {
    label: ['国标编号', 'GB/T 28181 number'],
    hint: ['20 位数字', '20 digits'],
  }),
]

export const createCamera: Action = {
  operation: 'POST /cameras',
  label: ['登记摄像头', 'New camera'],
  wide: true,
  fields: [station({ required: true }), ...fields(true)],
  initial: () => ({}),
  body: ({ station_id, ...camera }: Values) => ({ station_id, camera }),
}

export const cameraActions: readonly Action<Camera>[] = [
  {
    operation: 'PUT /cameras/{camera_id}',
    label: ['修改', 'Edit'],
    load: 'GET /cameras/{camera_id}',
    wide: true,
    fields: fields(false),
  },
  {
    operation: 'DELETE /cameras/{camera_id}',
    label: ['删除', 'Delete'],
    danger: true,
    consequence: ({ name }) => [`“${name}”将不再显示画面和状态`, `${name} is not watched any more`],
  },
]
