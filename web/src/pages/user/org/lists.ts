import { defineList } from '@/parts/list/listPage'
import { orgColumns } from './columns'

export const merchantsBelow = defineList({
  page: 'user.merchant',
  list: '/merchants',
  key: 'org_id',
  detail: true,
  filters: ['name'],
  ...orgColumns('merchant'),
  empty: ['没有下级商户', 'No merchants below it'],
})

export const stationsOf = defineList({
  page: 'device.station',
  list: '/stations',
  key: 'station_id',
  detail: true,
  filters: ['name'],
  columns: ['station_no', 'name', 'area_code', 'address', 'operation_mode', 'created_at'],
  empty: ['没有站点', 'No stations'],
})
