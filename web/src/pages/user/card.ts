import { listPage } from '@/parts/list/listPage'
import { cards } from './card.list'

export default listPage(cards)
