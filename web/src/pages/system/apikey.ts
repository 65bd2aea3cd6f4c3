import { listPage } from '@/parts/list/listPage'
import { valueLabel } from '@/words/labels'
import { say } from '@/words/words'
import { bodyOf, fields, valuesOf, type Key, type Rates } from './apikey/form'

const all = () => say(['不限', 'All'])
const isOwn = ({ origin }: Key) => origin === 'operator'
const nameOf = ({ name, key_end }: Key) => name || `…${key_end}`

/** What differs from the configured rates. */
function rateOf(key: Key): string {
  const { read, write } = (key.rate ?? {}) as Rates
  return read || write ? `${read?.refill_per_s ?? '–'} / ${write?.refill_per_s ?? '–'}` : ''
}

export default listPage({
  page: 'system.apikey',
  list: '/api-keys',
  key: 'key_id',
  columns: [
    { field: 'key_id', label: ['编号', 'No.'], width: 80 },
    'name',
    { field: 'key_end', text: ({ key_end }) => `…${key_end}`, kind: 'code', width: 110 },
    {
      field: 'scopes',
      text: ({ scopes }) =>
        (scopes.length > 0 ? scopes : ['third'])
          .map((scope) => valueLabel('scopes', scope))
          .join(', '),
      width: 150,
    },
    'state',
    'origin',
    'require_hmac',
    { field: 'ip_allow', text: ({ ip_allow }) => ip_allow.join(', ') || all() },
    { field: 'device_allow', text: ({ device_allow }) => device_allow.join(', ') || all() },
    {
      field: 'rate',
      label: ['限流（读 / 写，每秒）', 'Reads / writes a second'],
      text: rateOf,
    },
    { field: 'webhook_url', width: 220 },
  ],
  more: ['settle_via_platform'],
  create: [
    {
      operation: 'POST /api-keys',
      label: ['新建密钥', 'New key'],
      fields,
      body: bodyOf,
      wide: true,
      shows: ['key', 'secret'],
    },
  ],
  actions: [
    {
      operation: 'PUT /api-keys/{key_id}',
      label: ['编辑', 'Edit'],
      when: isOwn,
      load: 'GET /api-keys/{key_id}',
      fields,
      initial: valuesOf,
      body: bodyOf,
      wide: true,
    },
    {
      operation: 'POST /api-keys/{key_id}/rotate',
      label: ['轮换', 'Rotate'],
      when: isOwn,
      danger: true,
      consequence: (key) => [
        `“${nameOf(key)}”的旧密钥立即失效，对方换上新密钥之前不能调用`,
        `The old key of “${nameOf(key)}” is good no more: its holder cannot call before it has the new one`,
      ],
      shows: ['key', 'secret'],
    },
    {
      operation: 'PUT /api-keys/{key_id}/state',
      label: ['停用', 'Disable'],
      when: (key) => isOwn(key) && key.state === 'active',
      danger: true,
      body: () => ({ enabled: false }),
      consequence: (key) => [
        `“${nameOf(key)}”立即不能调用接口；进行中的充电不受影响`,
        `“${nameOf(key)}” cannot call any more; charges that run go on`,
      ],
    },
    {
      operation: 'PUT /api-keys/{key_id}/state',
      label: ['启用', 'Enable'],
      when: (key) => isOwn(key) && key.state === 'disabled',
      body: () => ({ enabled: true }),
    },
  ],
  empty: ['还没有密钥：新建一个给合作方', 'No keys yet: make one for a partner'],
})
