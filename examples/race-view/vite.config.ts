import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** `npm run dev` shows the page with what is being written, on the API that `npm start` runs. */
const api = process.env['LOCKIN_URL'] ?? 'http://127.0.0.1:3000';

export default defineConfig({
  base: '/race/',
  plugins: [react()],
  server: { proxy: { '/api': api, '/local': api } },
  // The API's content security policy allows nothing inline.
  build: { assetsInlineLimit: 0, modulePreload: false },
});
