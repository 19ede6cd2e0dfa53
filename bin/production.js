// What `NODE_ENV=production` is in a shell, on every platform.
process.env.NODE_ENV = 'production';
