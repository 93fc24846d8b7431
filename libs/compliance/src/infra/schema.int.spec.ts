import { describeMigrations } from '@nexoramail/testing';
import { MIGRATIONS } from '../index.js';

describeMigrations(MIGRATIONS);
