import { call } from '@/api/call'
import type { Lookup } from './definition'

/** Filters of numbers take whole ones only: there is one at most, even where its number is veiled. */
export const stationByNumber: Lookup = {
  find: async (station_no) => {
    const { items } = await call('GET /stations', { query: { station_no, size: 1 } })
    return items[0]?.station_id
  },
  none: ['没有这个站点，请先建站', 'there is no such station: make it first'],
}

export const memberByPhone: Lookup = {
  find: async (phone) => {
    const { items } = await call('GET /members', { query: { phone, size: 1 } })
    return items[0]?.id
  },
  none: ['没有这个手机号的会员', 'no member has this number'],
}

/** The filter finds parts of names as well. */
export const companyByName: Lookup = {
  find: async (name) => {
    const { items } = await call('GET /companies', { query: { name, size: 500 } })
    const [company, ...others] = items.filter((each) => each.name === name)
    return others.length > 0 ? undefined : company?.org_id
  },
  none: ['没有这个公司，或有同名公司', 'no company has this name, or several have'],
}
