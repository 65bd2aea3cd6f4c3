import { listPage } from '@/parts/list/listPage'
import { recharges } from './recharge.list'

export default listPage(recharges)
