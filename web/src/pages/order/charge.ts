import { listPage } from '@/parts/list/listPage'
import { orders } from './charge.list'

export default listPage(orders)
