export { handlers } from './msw/handlers.js';
