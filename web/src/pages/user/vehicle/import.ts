import { call } from '@/api/call'
import type { Body } from '@/api/types'
import { code, mobile, short } from '@/parts/import/checks'
import { defineImport, type Check, type ImportRow } from '@/parts/import/definition'
import { companyByName } from '@/parts/import/lookups'
import { flagOf, yesOrNo } from '@/parts/import/vocabulary'
import { oneByOne } from '@/parts/import/write'
import { fenOf } from '@/parts/import/yuan'
import { chargeLimit, payingMember } from '../import/columns'

type NewVehicle = Body<'POST /vehicles'>
type Column =
  | 'vin'
  | 'plate'
  | 'plug_and_charge'
  | 'limit_yuan'
  | 'company'
  | 'member_phone'
  | 'card_no'
  | 'holder'
  | 'phone'
  | 'remark'

const PLATE_MIN = 5
const PLATE_MAX = 10

/** Spaces and dots of a plate do not count. */
const plate: Check = (text) => {
  const { length } = [...text.replace(/[\s·.-]/g, '')]
  return length >= PLATE_MIN && length <= PLATE_MAX
    ? undefined
    : [
        `车牌须为 ${PLATE_MIN} 至 ${PLATE_MAX} 个字`,
        `must have ${PLATE_MIN} to ${PLATE_MAX} letters and digits`,
      ]
}

/** What the server is given. */
export function vehicleOf({ cells, found }: ImportRow<Column>): NewVehicle {
  return {
    vin: cells.vin,
    plate: cells.plate,
    plug_and_charge: flagOf(cells.plug_and_charge),
    limit_fen: fenOf(cells.limit_yuan) ?? 0,
    company_id: found.company,
    member_id: found.member_phone,
    card_no: cells.card_no,
    holder: cells.holder,
    phone: cells.phone,
    remark: cells.remark,
  }
}

export const vehicleImport = defineImport<Column>({
  title: ['导入车辆', 'Import vehicles'],
  hint: [
    '公司优先于会员付款；即插即充留空为是。已登记的车辆不会被覆盖。',
    'A company pays before the member; without a word vehicles plug and charge. Those that exist are left as they are.',
  ],
  counter: '辆',
  file: 'vehicles',
  operation: 'POST /vehicles',
  key: 'vin',
  columns: {
    vin: {
      also: ['车架号', '车辆识别代号'],
      required: true,
      example: 'LSVAU2180E2123456',
      check: code(/^[A-Za-z0-9]{17}$/, ['须为 17 位字母、数字', 'must be 17 letters and digits']),
      once: (text) => text.toUpperCase(),
    },
    plate: { also: ['车牌'], example: '京AD12345', check: plate },
    plug_and_charge: { example: ['是', 'yes'], check: yesOrNo },
    limit_yuan: chargeLimit,
    company: { also: ['公司名称'], field: 'company_id', finds: companyByName },
    member_phone: payingMember,
    card_no: { check: short },
    holder: { label: ['驾驶人', 'Driver'], also: ['姓名', 'holder'], check: short },
    phone: { label: ['驾驶人手机号', 'Phone'], also: ['手机号', '手机'], check: mobile },
    remark: { check: short },
  },
  write: oneByOne((row) => call('POST /vehicles', { body: vehicleOf(row) })),
})
