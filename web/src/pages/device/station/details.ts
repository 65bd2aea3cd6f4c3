import * as field from '@/parts/form/fields'
import type { Words } from '@/words/words'

/** What is told of stations beyond the server's columns, kept under `details`. */
const codes = (count: number) => [...Array.from({ length: count }, (_, at) => at + 1), 255]
const FACILITIES = [
  'toilet',
  'shop',
  'restaurant',
  'lounge',
  'canopy',
  'receipt_printer',
  'wifi',
  'car_wash',
]

export const PICTURES: readonly [name: string, label: Words][] = [
  ['picture_entrance', ['入口', 'Entrance']],
  ['picture_signage', ['指引路线', 'The way']],
  ['picture_panorama', ['全景', 'Panorama']],
  ['picture_pile', ['充电桩近景', 'A pile']],
  ['picture_other', ['其他', 'Other']],
]

export const operation: readonly field.Field[] = [
  field.flag('open_all_day', { initial: true, label: ['全天开放', 'Open all day'] }),
  field.text('business_hours', {
    label: ['营业时间', 'Hours'],
    when: ({ open_all_day }) => open_all_day !== true,
    hint: ['例如 06:00-23:00', 'For example 06:00-23:00'],
  }),
  field.text('station_tel', { label: ['站点电话', 'Telephone on site'] }),
  field.text('payment_text', { label: ['支付方式说明', 'How to pay'] }),
  field.long('guide_text', { label: ['进站指引', 'How to find it'] }),
  field.text('match_cars', { label: ['适用车型', 'Cars that fit'] }),
  field.choice('facilities', FACILITIES, { many: true, label: ['配套设施', 'Facilities'] }),
  field.flag('support_reserve', { label: ['支持预约', 'Takes reservations'] }),
  field.flag('is_attended', { label: ['有人值守', 'Attended'] }),
  field.flag('underground', { label: ['位于地下', 'Underground'] }),
]

export const supervision: readonly field.Field[] = [
  field.choice('construction', codes(11), { label: ['建设场所', 'Built at'] }),
  field.text('account_number', { label: ['供电户号', 'Supply account'] }),
  field.number('capacity_kva', { min: 0, label: ['报装容量（kVA）', 'Supply (kVA)'] }),
  field.flag('is_alone_apply', { label: ['独立报装', 'Own supply contract'] }),
  field.number('subsidy_per_kwh', {
    min: 0,
    step: 0.01,
    label: ['补贴（元/kWh）', 'Subsidy (yuan per kWh)'],
  }),
  field.money('subsidy_year_max_fen', {
    min: 0,
    label: ['年补贴上限', 'Subsidy of a year at most'],
  }),
  field.words('report_gov_platforms', {
    label: ['上报的监管平台', 'Reported to'],
    hint: ['输入平台代码后回车', 'Enter the code of each platform'],
  }),
]

export const parking: readonly field.Field[] = [
  field.number('park_nums', { min: 0, label: ['车位数', 'Spaces'] }),
  field.number('free_park_nums', { min: 0, label: ['免费车位数', 'Free spaces'] }),
  field.choice('park_fee_type', [1, 2, 3, 4, 5], { label: ['停车收费', 'Parking fee'] }),
  field.text('park_fee_text', { label: ['停车费说明', 'About the fee'] }),
  field.text('parking_lot_id', { label: ['停车场标识', 'Car park id'] }),
  field.text('parking_lot_no', { label: ['停车场编号', 'Car park number'] }),
  field.flag('is_public_parking', { label: ['公共停车场', 'Public car park'] }),
  field.flag('has_barrier', { label: ['有道闸', 'Has a barrier'] }),
  field.flag('has_ground_lock', { label: ['有地锁', 'Has ground locks'] }),
]

export const pictures: readonly field.Field[] = PICTURES.map(([name, label]) =>
  field.text(name, { label, hint: ['图片地址，https 开头', 'Its address, with https'] }),
)
