import type { Row } from '@/api/types'
import type { Action } from '@/parts/act/action'
import {
  choice,
  COMPANIES,
  flag,
  long,
  MEMBERS,
  money as yuan,
  pick,
  text,
  type Field,
} from '@/parts/form/fields'
import { defineList } from '@/parts/list/listPage'

const WRITTEN: readonly Field[] = [
  text('plate'),
  flag('plug_and_charge', {
    initial: true,
    label: ['即插即充', 'Plug and charge'],
    hint: ['插枪后凭车架号自动开始', 'Starts by its number when plugged in'],
  }),
  yuan('limit_fen', { required: true, min: 0, label: ['单次限额', 'Limit of one charge'] }),
  pick('company_id', COMPANIES, {
    hint: ['公司优先于会员付款', 'The company pays before the member'],
  }),
  pick('member_id', MEMBERS),
  text('card_no'),
  text('holder', { label: ['驾驶人', 'Driver'] }),
  text('phone'),
  choice('status', ['inactive', 'active', 'lost', 'blocked', 'cancelled'], { initial: 'active' }),
  long('remark'),
]

export const vehicleActions: readonly Action<Row<'/vehicles'>>[] = [
  {
    operation: 'PUT /vehicles/{vin}',
    load: 'GET /vehicles/{vin}',
    label: ['编辑', 'Edit'],
    fields: WRITTEN,
  },
  {
    operation: 'DELETE /vehicles/{vin}',
    label: ['删除', 'Delete'],
    danger: true,
    consequence: ({ vin, plate }) => [
      `${plate ?? vin} 不能再即插即充；正在进行的充电继续`,
      `${plate ?? vin} cannot plug and charge any more; a charge that runs goes on`,
    ],
  },
]

export const vehicles = defineList({
  page: 'user.vehicle',
  list: '/vehicles',
  key: 'vin',
  detail: true,
  filters: ['plate', 'vin', 'company_id'],
  columns: [
    'vin',
    'plate',
    'status',
    'plug_and_charge',
    'limit_fen',
    'holder',
    { field: 'phone', width: 124 },
    'member_id',
    'company_id',
    'created_at',
  ],
  more: ['card_no', 'remark'],
  create: [
    {
      operation: 'POST /vehicles',
      label: ['登记车辆', 'Add a vehicle'],
      initial: () => ({ plug_and_charge: true, status: 'active' }),
      fields: [
        text('vin', { required: true, hint: ['17 位车架号', '17 letters and digits'] }),
        ...WRITTEN,
      ],
    },
  ],
  actions: vehicleActions,
  empty: ['还没有车辆，登记后即可即插即充', 'No vehicles yet: add one, and it can plug and charge'],
})
