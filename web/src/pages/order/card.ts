import { listPage } from '@/parts/list/listPage'
import { cardOrders } from './card.list'

export default listPage(cardOrders)
