// Prints a token as Supabase Auth would sign it for the demo user: DEMO_USER_ID, SUPABASE_JWT_SECRET.
import jwt from 'jsonwebtoken';

const { DEMO_USER_ID, SUPABASE_JWT_SECRET } = process.env;
const claims = { role: 'authenticated', email: 'demo@worldtune.example' };
const options = { algorithm: 'HS256', subject: DEMO_USER_ID, audience: 'authenticated', expiresIn: '3650d' };

console.log(jwt.sign(claims, SUPABASE_JWT_SECRET, options));
