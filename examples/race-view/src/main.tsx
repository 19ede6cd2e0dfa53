import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import { loadLanguage } from './language/language.js';
import './style/base.css';
import './style/page.css';
import './style/forms.css';
import './style/past.css';
import './style/person-picker.css';
import './style/inbox.css';
import './style/track.css';

/** The SDK retries and detects a missing network itself, so TanStack Query does neither. */
const queryClient = new QueryClient({
  defaultOptions: { queries: { retry: false, networkMode: 'always' }, mutations: { networkMode: 'always' } },
});

const page = document.getElementById('page');
if (page) {
  // English remains if the texts of another language cannot be loaded.
  await loadLanguage().catch(() => undefined);
  createRoot(page).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  );
}
