import { askForSession } from './app/early'

askForSession()
