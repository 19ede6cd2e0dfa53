/** What the page of the web build needs beside the app: its language, direction and focus ring. */
import { enableScreens } from 'react-native-screens';
import { direction, language } from './language/locale';
import './page.css';

// Off by default on the web, where the screens of other tabs would stay within the reach of the Tab key.
enableScreens();

document.documentElement.lang = language;
document.documentElement.dir = direction;
