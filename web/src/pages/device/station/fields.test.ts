import { expect, test } from 'vitest'
import { valuesOf, writtenOf, type Station } from './fields'

const station: Station = {
  station_id: 7,
  station_no: 'NJ-1',
  name: '江宁',
  owner_org_id: 3,
  station_type: 1,
  station_status: 50,
  invoice_by: 'platform',
  operation_mode: 'self_self',
  created_at: 0,
  lat: 31.9,
  details: { park_nums: 12, underground: true, of_another_program: 'kept' } as never,
}

test('what is not touched is written as it was', () => {
  const { details, ...own } = writtenOf(valuesOf(station), station)
  expect(own).toEqual({
    station_no: 'NJ-1',
    name: '江宁',
    owner_org_id: 3,
    station_type: 1,
    station_status: 50,
    invoice_by: 'platform',
    operation_mode: 'self_self',
    lat: 31.9,
  })
  expect(details).toEqual({ ...station.details, open_all_day: true })
})

test('what is emptied is taken away, of ours only', () => {
  const values = { ...valuesOf(station), park_nums: undefined, underground: false, lat: undefined }
  const written = writtenOf(values, station)
  expect(written.details).toEqual({ of_another_program: 'kept', open_all_day: true })
  expect(written.lat).toBeUndefined()
})
