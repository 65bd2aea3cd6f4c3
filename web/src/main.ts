import './ahead'
import 'element-plus/theme-chalk/base.css'
import 'element-plus/theme-chalk/dark/css-vars.css'
import 'element-plus/theme-chalk/el-message.css'
import 'element-plus/theme-chalk/el-message-box.css'
import './shell/look.css'
import { createApp } from 'vue'
import App from './App.vue'
import { router } from './shell/routes'

createApp(App).use(router).mount('#console')
