import { registerRootComponent } from 'expo';
import { App } from './app';
import './page';

registerRootComponent(App);
