import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** `npm run dev` serves the page with hot reload and uses the API of `npm start`. */
const api = process.env['LOCKIN_URL'] ?? 'http://127.0.0.1:3000';

export default defineConfig({
  base: '/race/',
  plugins: [react()],
  server: { proxy: { '/api': api, '/local': api } },
  // The API's Content-Security-Policy forbids inline scripts and data: URLs.
  build: { assetsInlineLimit: 0, modulePreload: false },
});
